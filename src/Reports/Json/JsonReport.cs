using System.Text.Encodings.Web;
using System.Text.Json;
using Dendrite.Reports.Document;
using Dendrite.Reports.Findings;
using Google.Protobuf;

namespace Dendrite.Reports.Json;

/// <summary>
/// A report as JSON, for programs: the messages of the contracts in their own JSON mapping, and what is drawn as
/// numbers. Numbers that are none are the texts <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, as in that mapping.
/// </summary>
public static class JsonReport
{
    /// <summary>Says the shape; another shape gets another name.</summary>
    public const string Schema = "dendrite.report/1";

    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        NewLine = "\n",
        // Quotes and letters stay legible; whoever puts a text into a page escapes it there.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonFormatter Messages = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    /// <summary>The file, in UTF-8.</summary>
    public static byte[] Write(ReportDocument document)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Layout))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("title", document.Title);
            json.WriteString("creator", document.Creator);
            Write(json, "comparand", document.Comparand);
            json.WriteString("mode", ModeOf(document));
            Write(json, "fromCommit", document.FromCommit);
            Write(json, "toCommit", document.ToCommit);
            Write(json, "findings", Conclusions.Of(document));
            Write(json, "limits", Conclusions.LimitsOf(document));
            Write(json, "counts", document.Counts);
            Write(json, "streams", document.Streams);
            Write(json, "datasets", document.Datasets);
            Write(json, "records", document.Records);
            Write(json, "comparison", document.Comparison);
            json.WriteStartArray("plots");
            foreach (var plot in document.Plots)
            {
                JsonPlots.Write(json, plot);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. bytes.ToArray(), (byte)'\n'];
    }

    private static string ModeOf(ReportDocument document) =>
        document.Mode == V1.DiffMode.FromMergeBase ? "DIFF_MODE_FROM_MERGE_BASE" : "DIFF_MODE_TWO_POINT";

    /// <summary>A message, laid out like the rest.</summary>
    internal static void Write(Utf8JsonWriter json, IMessage message)
    {
        using var parsed = JsonDocument.Parse(Messages.Format(message));
        parsed.RootElement.WriteTo(json);
    }

    private static void Write(Utf8JsonWriter json, string name, IMessage message)
    {
        json.WritePropertyName(name);
        Write(json, message);
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<IMessage> messages)
    {
        json.WriteStartArray(name);
        foreach (var message in messages)
        {
            Write(json, message);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, SideCommit? commit)
    {
        if (commit is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("author", commit.Author);
        json.WriteString("message", commit.Message);
        json.WriteString("time", commit.Time.UtcDateTime);
        json.WriteEndObject();
    }
}
