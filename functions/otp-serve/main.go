// Command otp-serve is the Lambda function that takes logins: challenges, codes, entry links, logout.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.OTPServe) }
