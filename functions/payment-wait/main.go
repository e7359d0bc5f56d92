// Command payment-wait is the Lambda function that stores the token of an execution that waits for money.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.PaymentWait) }
