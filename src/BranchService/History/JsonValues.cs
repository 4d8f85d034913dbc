using Dendrite.Records.Cells;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.BranchService.History;

/// <summary>Cells as JSON values of the contract.</summary>
internal static class JsonValues
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    /// <summary>Null is the null value.</summary>
    public static Value Of(CellValue? cell) =>
        cell is { } value ? Parser.Parse<Value>(value.ToJson()) : Value.ForNull();
}
