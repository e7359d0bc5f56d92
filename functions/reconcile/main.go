// Command reconcile is the Lambda function that compares providers' statements with what is booked, once a day.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.Reconcile) }
