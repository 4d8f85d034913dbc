using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.ServiceDefaults.Tests.Requests;

public sealed class RequestFieldsTests
{
    [Theory]
    [InlineData("Night 3\n\tsecond line\r\n")]
    [InlineData("Größe in µV, \u00a0 脳波 🧠")]
    public void Text_for_people_is_taken_as_it_is(string text) =>
        Assert.Equal(text, RequestFields.Text(text, "title", 200));

    [Theory]
    [InlineData('\0')]
    [InlineData('\u001b')]
    [InlineData('\u007f')]
    [InlineData('\u0080')]
    [InlineData('\u0085')]
    // Begins a terminal's commands, as ESC [ does.
    [InlineData('\u009b')]
    [InlineData('\u009f')]
    public void A_control_character_is_refused_by_its_number(char character)
    {
        var refusal = Assert.Throws<DendriteException>(() => RequestFields.Text($"a{character}31m", "title", 200));

        Assert.Equal(ErrorReason.InvalidArgument, refusal.Reason);
        Assert.Contains($"U+{(int)character:X4}", refusal.Message, StringComparison.Ordinal);
    }
}
