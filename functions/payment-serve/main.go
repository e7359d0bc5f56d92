// Command payment-serve is the Lambda function that issues payment codes and shows their state.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.PaymentServe) }
