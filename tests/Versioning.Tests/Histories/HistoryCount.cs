using System.Globalization;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>How many histories a run plays.</summary>
internal static class HistoryCount
{
    /// <summary>The variable's number, or the one given where it is not set.</summary>
    public static int FromEnvironment(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var count)
            ? count
            : usual;
}
