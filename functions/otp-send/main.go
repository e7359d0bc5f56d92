// Command otp-send is the Lambda function that sends one-time codes.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.OTPSend) }
