using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.ServiceDefaults.Tests.Requests;

/// <summary>What texts of requests may hold.</summary>
public class RequestFieldsTests
{
    [Theory]
    [InlineData("a\u0000b")]
    [InlineData("a\u001b[31m")]
    [InlineData("a\u007fb")]
    public void Control_characters_are_refused_by_field(string text)
    {
        var refused = Assert.Throws<DendriteException>(() => RequestFields.Text(text, "reason", 100));

        Assert.Contains("U+00", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>U+0085 is what a device makes of an ellipsis: a spool that holds one must get past it.</summary>
    [Theory]
    [InlineData("lines\nand\ttabs")]
    [InlineData("artefact\u0085")]
    public void Texts_that_devices_write_are_taken(string text) =>
        Assert.Equal(text, RequestFields.Text(text, "reason", 100));
}
