using Dendrite.Checks.Assertions;
using Dendrite.Storage.Assertions;

namespace Dendrite.Checks.Tests;

public sealed class AssertionOutcomeTests
{
    [Fact]
    public void A_long_description_is_cut_between_its_characters()
    {
        var start = new string('x', 199);
        var assertion = new AssertionRecord(default, "doses", Guid.Empty, "SELECT 1")
        {
            Revision = 1,
            Description = start + "🧠 and on",
        };

        var failure = new AssertionOutcome(assertion, Rows: null) { Problem = "timed out" }.ToFailure("lab");

        Assert.Equal($"{start}…: cannot be checked, it timed out.", failure.Message);
    }
}
