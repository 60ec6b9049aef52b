# An application gateway in front of gateway pods or an internal load balancer. Read by a parser in the
# tests; no provider has validated it.
terraform {
  required_version = ">= 1.5"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 3.100"
    }
  }
}

variable "resource_group_name" {
  type = string
}

variable "location" {
  type = string
}

variable "subnet_id" {
  type = string
}

variable "backend_addresses" {
  type        = list(string)
  description = "Addresses of the gateways."
}

variable "host_name" {
  type    = string
  default = "realtime.example.com"
}

variable "certificate_secret_id" {
  type        = string
  description = "Key Vault secret of the page's certificate."
}

variable "identity_id" {
  type        = string
  description = "User-assigned identity that may read the certificate."
}

resource "azurerm_public_ip" "apfa" {
  name                    = "apfa"
  resource_group_name     = var.resource_group_name
  location                = var.location
  allocation_method       = "Static"
  sku                     = "Standard"
  idle_timeout_in_minutes = 4
}

resource "azurerm_application_gateway" "apfa" {
  name                = "apfa"
  resource_group_name = var.resource_group_name
  location            = var.location

  sku {
    name = "Standard_v2"
    tier = "Standard_v2"
  }

  autoscale_configuration {
    min_capacity = 1
    max_capacity = 10
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_id]
  }

  gateway_ip_configuration {
    name      = "apfa-ip"
    subnet_id = var.subnet_id
  }

  frontend_port {
    name = "https"
    port = 443
  }

  frontend_ip_configuration {
    name                 = "public"
    public_ip_address_id = azurerm_public_ip.apfa.id
  }

  ssl_certificate {
    name                = "apfa"
    key_vault_secret_id = var.certificate_secret_id
  }

  backend_address_pool {
    name         = "apfa-gateways"
    ip_addresses = var.backend_addresses
  }

  backend_http_settings {
    name                  = "apfa-http-settings"
    cookie_based_affinity = "Enabled" # Sticky sessions
    port                  = 8000
    protocol              = "Http"
    # Also the longest silence of a WebSocket; the server pings after 25 s, a long poll waits 30 s at most.
    request_timeout = 60
    probe_name      = "apfa-health"

    connection_draining {
      enabled           = true
      drain_timeout_sec = 30
    }
  }

  probe {
    name                = "apfa-health"
    protocol            = "Http"
    path                = "/health"
    host                = var.host_name
    interval            = 30
    timeout             = 10
    unhealthy_threshold = 3
  }

  http_listener {
    name                           = "apfa-https"
    frontend_ip_configuration_name = "public"
    frontend_port_name             = "https"
    protocol                       = "Https"
    ssl_certificate_name           = "apfa"
    host_name                      = var.host_name
  }

  request_routing_rule {
    name                       = "apfa"
    rule_type                  = "Basic"
    priority                   = 100
    http_listener_name         = "apfa-https"
    backend_address_pool_name  = "apfa-gateways"
    backend_http_settings_name = "apfa-http-settings"
  }
}
