// Command aftercare-answer is the Lambda function that takes the answers of creditors' own systems to requests for aftercare.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.AftercareAnswer) }
