using Dendrite.Cli.Hosting;

namespace Dendrite.Cli.Tests;

/// <summary>Objects on the command line.</summary>
public sealed class JsonArgumentTests
{
    [Theory]
    [InlineData("""{"n": 9007199254740993}""", "9007199254740993")]
    [InlineData("""{"a": {"b": [1, 0.1234567890123456789]}}""", "0.1234567890123456789")]
    [InlineData("""{"n": -12345678901234567890}""", "-12345678901234567890")]
    public void A_number_that_would_be_rounded_is_refused(string json, string number)
    {
        var refused = Assert.Throws<CliException>(() => JsonArgument.ReadObject(json, "--set"));

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains($"--set holds {number},", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"AGE": 63, "dose": 12.50, "far": 1e300, "small": 1E-7, "zero": -0.0}""")]
    [InlineData("""{"n": 9007199254740992, "list": [0.1, 0.30000000000000004, 1e2], "text": "9007199254740993"}""")]
    [InlineData(
        """{"printed with 17 digits": [3.1415926535897931, 0.10000000000000001], "2^60": 1152921504606846976}"""
    )]
    [InlineData("{}")]
    public void What_a_message_keeps_is_read(string json) => Assert.NotNull(JsonArgument.ReadObject(json, "--set"));
}
