// Command payment-expire is the Lambda function that ends a payment request that nobody paid, after asking the provider.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.PaymentExpire) }
