using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

public sealed class RecordGetTests
{
    [Fact]
    public async Task What_a_terminal_would_obey_is_not_shown_of_stored_text()
    {
        await using var platform = await FakePlatform.StartAsync();

        var shown = await CommandRun.DoAsync(platform.Variables, "record", "get", "labs", "S1");

        Assert.Contains("note   [2Jwiped two", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(shown.Output, letter => char.IsControl(letter) && letter is not ('\r' or '\n'));
    }
}
