using Dendrite.Cli.Comparing;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

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

    [Theory]
    [InlineData("""[{"op":"OP","path":"/vs/records/S1/device","value":{"serial":VALUE}}]""", "9007199254740993")]
    [InlineData("""[{"op":"OP","path":"/vs/records/S1/device","value":[[VALUE]]}]""", "0.1234567890123456789")]
    [InlineData("""[{"op":"OP","path":"/vs/records/S1/device","value":VALUE}]""", "1.00000000000000000001")]
    [InlineData("""[{"op":"OP","path":"/vs/records/S1/device","value":VALUE}]""", "1e399")]
    [InlineData("""[{"op":"OP","path":"/vs/records/S1/device","value":VALUE}]""", "1e999")]
    [InlineData("""[{"op":"OP","path":"/vs/records/S1","value":{"id":"S1","device":{"serial":VALUE}}}]""", "1e-400")]
    public void A_number_that_would_be_rounded_is_refused(string patch, string number)
    {
        foreach (var op in new[] { "test", "add", "replace" })
        {
            var error = Refusal(patch, op, number);

            Assert.Equal((ExitCode.BadData, "PATCH_REFUSED"), (error.ExitCode, error.Reason));
            Assert.Contains("device", error.Message, StringComparison.Ordinal);
            Assert.Contains("write it as a string", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_binary64_keeps_is_written_as_it_is()
    {
        const string Patch = """
            [{"op":"replace","path":"/vs/records/S1/device","value":{"serial":"9007199254740993","gain":12.50}},
             {"op":"replace","path":"/vs/records/S1/pulse","value":1.7976931348623157E+308},
             {"op":"remove","path":"/vs/records/S1/note"}]
            """;
        var record = new V1.Record { Version = 4, Values = new() };
        foreach (var column in new[] { "device", "pulse", "note" })
        {
            record.Values.Fields[column] = Value.ForString("old");
        }

        var writes = new DatasetWrites();
        Assert.Empty(Assert.Single(RecordPatchFile.Read(Patch)).AddTo(writes, record));

        var cells = Assert.Single(writes.Patches).Values.Fields;
        Assert.Equal("9007199254740993", cells["device"].StructValue.Fields["serial"].StringValue);
        Assert.Equal(12.5, cells["device"].StructValue.Fields["gain"].NumberValue);
        Assert.Equal(double.MaxValue, cells["pulse"].NumberValue);
        Assert.Equal(Value.KindOneofCase.NullValue, cells["note"].KindCase);
    }

    private static CliException Refusal(string patch, string op, string value) =>
        Assert.Throws<CliException>(() =>
            RecordPatchFile.Read(
                patch.Replace("OP", op, StringComparison.Ordinal).Replace("VALUE", value, StringComparison.Ordinal)
            )
        );
}
