namespace Dendrite.Errors.Tests;

public sealed class DendriteExceptionTests
{
    [Fact]
    public void An_invalid_field_is_named_in_the_message_and_in_the_violations()
    {
        var error = DendriteException.Invalid("page_size", "must be at least 0, was -1");

        Assert.Equal(ErrorReason.InvalidArgument, error.Reason);
        Assert.Equal("page_size: must be at least 0, was -1", error.Message);
        Assert.Equal([new FieldViolation("page_size", "must be at least 0, was -1")], error.FieldViolations);
    }
}
