// Command offer-serve is the Lambda function that answers what participants owe and may agree to.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.OfferServe) }
