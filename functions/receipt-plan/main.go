// Command receipt-plan is the Lambda function that plans the receipt of a posted payment.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.ReceiptPlan) }
