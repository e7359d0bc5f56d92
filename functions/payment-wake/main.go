// Command payment-wake is the Lambda function that wakes the execution whose money came.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.PaymentWake) }
