// Command payment-intake is the Lambda function that posts the money that providers report.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.PaymentIntake) }
