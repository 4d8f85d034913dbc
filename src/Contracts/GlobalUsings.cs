global using Dendrite.Errors;
