using System.Globalization;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>How many histories a run plays.</summary>
internal static class HistoryCount
{
    private const string Variable = "DENDRITE_HISTORIES";

    /// <summary>The variable's number, or the one given where it is not set.</summary>
    public static int FromEnvironment(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var count)
            ? count
            : usual;
}
