using Dendrite.Cli.Records;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests.Records;

/// <summary>Keys are typed as they are read.</summary>
public sealed class RecordKeyTests
{
    [Theory]
    [InlineData("01-701-1015,39", "01-701-1015,39")]
    [InlineData("Zoë,3", "Zo%C3%AB,3")]
    [InlineData("李雷", "%E6%9D%8E%E9%9B%B7")]
    [InlineData("x y/z+1:2", "x%20y%2Fz%2B1%3A2")]
    [InlineData("Zo%C3%AB,3", "Zo%C3%AB,3")]
    [InlineData("M%C3%BCller%2C Anna", "M%C3%BCller%2C%20Anna")]
    [InlineData("", "")]
    public void What_no_name_holds_is_encoded_and_what_is_encoded_stays(string typed, string id) =>
        Assert.Equal(id, RecordKey.Encode(typed));

    [Fact]
    public async Task A_record_is_found_by_a_key_of_any_letters()
    {
        await using var platform = await FakePlatform.StartAsync();

        var shown = await CommandRun.DoAsync(platform.Variables, "record", "get", "labs", "Zoë,3");

        Assert.Contains("labs/records/Zo%C3%AB,3", shown.Output, StringComparison.Ordinal);
    }
}
