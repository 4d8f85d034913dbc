using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dendrite.Cli.Demo;
using Dendrite.Cli.Export;
using Dendrite.Cli.Import;
using Dendrite.Cli.Records;
using Dendrite.Cli.Simulation;
using Dendrite.Cli.Tailing;

namespace Dendrite.Cli.Output;

/// <summary>The shapes of JSON that are our own; all others are messages of the contracts (docs/cli.md).</summary>
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(ErrorEnvelope))]
[JsonSerializable(typeof(BulkReport))]
[JsonSerializable(typeof(ExportReport))]
[JsonSerializable(typeof(ImportReport))]
[JsonSerializable(typeof(RecordExportReport))]
[JsonSerializable(typeof(SimulationReport))]
[JsonSerializable(typeof(LiveFigure))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>
    /// Quotes and letters stay legible: the output goes to terminals and programs, not into web pages.
    /// </summary>
    public static CliJson Shapes { get; } =
        new(
            new JsonSerializerOptions
            {
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            }
        );
}
