# An application load balancer that reaches gateway pods by their addresses (AWS Load Balancer
# Controller, TargetGroupBinding). Read by a parser in the tests; no provider has validated it.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "security_group_ids" {
  type = list(string)
}

variable "certificate_arn" {
  type = string
}

resource "aws_lb_target_group" "apfa_ws" {
  name        = "apfa-ws-tg"
  port        = 8000
  protocol    = "HTTP"
  vpc_id      = var.vpc_id
  target_type = "ip"

  # Longer than the drain window of limits.yaml (10 s) and shorter than a pod's grace (40 s).
  deregistration_delay = 30

  # WebSockets stay where they are anyway; SockJS's HTTP transports need this.
  stickiness {
    type            = "lb_cookie"
    cookie_duration = 86400 # 1 day
    enabled         = true
  }

  health_check {
    path                = "/health"
    interval            = 30
    timeout             = 10
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb" "apfa" {
  name               = "apfa"
  load_balancer_type = "application"
  subnets            = var.subnet_ids
  security_groups    = var.security_group_ids

  # The default of 60 s would do (the server pings after 25 s of silence); this forgives three pings.
  idle_timeout = 120
}

resource "aws_lb_listener" "apfa_https" {
  load_balancer_arn = aws_lb.apfa.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.apfa_ws.arn
  }
}

output "target_group_arn" {
  value = aws_lb_target_group.apfa_ws.arn
}
