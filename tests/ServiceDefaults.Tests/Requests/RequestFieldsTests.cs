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
    public void Control_characters_are_refused(string text)
    {
        Assert.Throws<DendriteException>(() => RequestFields.Text(text, "reason", 100));
        Assert.Throws<DendriteException>(() => RequestFields.DeviceText(text, "reason", 100));
    }

    /// <summary>U+0085 is what a device makes of an ellipsis; U+009B begins a sequence that terminals obey.</summary>
    [Theory]
    [InlineData("artefact\u0085")]
    [InlineData("a\u009b31m")]
    public void Those_of_Latin_1_are_taken_from_devices_alone(string text)
    {
        Assert.Throws<DendriteException>(() => RequestFields.Text(text, "reason", 100));
        Assert.Equal(text, RequestFields.DeviceText(text, "reason", 100));
    }

    [Fact]
    public void Lines_and_tabs_are_text() =>
        Assert.Equal("lines\r\nand\ttabs", RequestFields.Text("lines\r\nand\ttabs", "reason", 100));
}
