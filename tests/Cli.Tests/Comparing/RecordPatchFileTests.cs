using Dendrite.Cli.Comparing;
using Dendrite.Cli.Hosting;

namespace Dendrite.Cli.Tests.Comparing;

public sealed class RecordPatchFileTests
{
    [Theory]
    [InlineData("replace", "63")]
    [InlineData("replace", "null")]
    [InlineData("replace", "[]")]
    [InlineData("add", "\"S1\"")]
    [InlineData("test", "true")]
    public void A_whole_record_is_an_object(string op, string value)
    {
        var error = Refusal("""[{"op":"OP","path":"/vs/records/S1","value":VALUE}]""", op, value);

        Assert.Equal((ExitCode.BadData, "PATCH_REFUSED"), (error.ExitCode, error.Reason));
        Assert.StartsWith("Operation 1 of the patch", error.Message, StringComparison.Ordinal);
        Assert.Contains("no object", error.Message, StringComparison.Ordinal);
    }

    private static CliException Refusal(string patch, string op, string value) =>
        Assert.Throws<CliException>(() =>
            RecordPatchFile.Read(
                patch
                    .Replace("OP", op, StringComparison.Ordinal)
                    .Replace("VALUE", value, StringComparison.Ordinal)
            )
        );
}
