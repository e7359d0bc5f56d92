// Command deadline-start is the Lambda function that starts the deadlines of deals.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.DeadlineStart) }
