namespace Dendrite.Repository.Tests;

internal static class Offenders
{
    /// <summary>Fails with every offender on a line of its own.</summary>
    public static void None(IEnumerable<string> offenders)
    {
        var found = offenders.ToArray();
        Assert.True(found.Length == 0, string.Join('\n', found));
    }
}
