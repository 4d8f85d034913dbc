namespace Dendrite.Migrations;

/// <summary>
/// A configuration key is missing or has a value that cannot be used; the message names it, and no secret.
/// </summary>
public sealed class ConfigurationException(string message) : Exception(message);
