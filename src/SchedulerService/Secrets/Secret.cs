namespace Dendrite.SchedulerService.Secrets;

/// <summary>
/// A value that must reach only whom it is for. A class and not a record: nothing that prints what it is given, such as
/// a log or a message of an error, gets the value by accident.
/// </summary>
internal sealed class Secret(string name, string value)
{
    /// <summary>What the installation calls it.</summary>
    public string Name { get; } = name;

    /// <summary>The value; the name of this method is what a review looks for.</summary>
    public string Reveal() => value;

    public override string ToString() => $"secret {Name}";
}
