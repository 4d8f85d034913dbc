using System.Text;
using Dendrite.ComparisonService.Records;
using Dendrite.Records.Cells;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Export;

/// <summary>
/// A line for each record that differs; a side that lacks the record or the column is left out:
/// <code>
/// {"dataset":"subject","record":"s1","side":"CHANGED","fromVersion":4,"toVersion":9,
///  "cells":{"age":{"from":40,"to":41}}}
/// </code>
/// </summary>
internal sealed class JsonLinesWriter : DiffWriter
{
    public override void Write(StringBuilder text, RecordChange change)
    {
        text.Append("{\"dataset\":").Append(Json.Quote(change.Dataset.Name));
        text.Append(",\"record\":").Append(Json.Quote(change.RecordId));
        text.Append(",\"side\":\"").Append(NameOf(change.Side)).Append('"');
        text.Append(",\"fromVersion\":").Append(change.FromVersion);
        text.Append(",\"toVersion\":").Append(change.ToVersion).Append(",\"cells\":{");
        for (var i = 0; i < change.Cells.Count; i++)
        {
            var cell = change.Cells[i];
            text.Append(i == 0 ? "" : ",").Append(Json.Quote(cell.Column)).Append(":{");
            text.Append(cell.IsInFrom ? $"\"from\":{Json.Of(cell.From)}" : "");
            text.Append(cell.IsInFrom && cell.IsInTo ? "," : "");
            text.Append(cell.IsInTo ? $"\"to\":{Json.Of(cell.To)}" : "").Append('}');
        }

        text.Append("}}\n");
    }

    internal static string NameOf(DiffSide side) =>
        side switch
        {
            DiffSide.OnlyFrom => "ONLY_FROM",
            DiffSide.OnlyTo => "ONLY_TO",
            _ => "CHANGED",
        };
}

/// <summary>Texts of JSON.</summary>
internal static class Json
{
    public static string Quote(string text) => CellValue.OfText(text).ToJson();

    public static string Of(CellValue? value) => value?.ToJson() ?? "null";
}
