using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Tailing;

/// <summary>Every sample, a line each.</summary>
internal sealed class SampleTailView(CliHost host, CliOutput output, bool physical) : ITailView
{
    private readonly Stream target = host.OpenBinaryOutput();
    private SampleWriter? writer;
    private SampleHeader header = new();

    /// <summary>Up to where samples were written, or passed.</summary>
    private long end;

    public async Task ShowAsync(TailResponse message, CancellationToken cancellationToken)
    {
        switch (message.MessageCase)
        {
            case TailResponse.MessageOneofCase.Header when writer is null:
                header = message.Header;
                SampleReader.CheckOneGroup(header);
                writer = new(target, header, output.IsJson ? "jsonl" : "csv", physical);
                end = header.Range.StartSample;
                await writer.BeginAsync(cancellationToken);
                break;
            case TailResponse.MessageOneofCase.Header:
                GoOn(message);
                break;
            case TailResponse.MessageOneofCase.Chunk:
                await writer!.WriteAsync(SampleReader.Check(header, message.Chunk), cancellationToken);
                end = message.Chunk.FirstSample + message.Chunk.SampleCount;
                break;
            case TailResponse.MessageOneofCase.Gap:
                writer?.Leave(message.Gap);
                Pass(message.Gap.Channels.Count == 0 ? message.Gap.Range : null);
                TailEvents.Show(output, message);
                break;
            default:
                Pass(message.Skipped);
                TailEvents.Show(output, message);
                break;
        }
    }

    public void Complete() => host.Output.Flush();

    public void Dispose() => target.Dispose();

    /// <summary>After a lost connection there is nothing to tell; after a reset, samples get other values.</summary>
    private void GoOn(TailResponse message)
    {
        var start = message.Header.Range.StartSample;
        if (start >= end)
        {
            return;
        }
        end = start;
        writer!.Reset();
        if (output.IsJson)
        {
            output.WriteMessage(message);
        }
        else
        {
            output.Warn($"the branch was reset: it goes on at sample {start}");
        }
    }

    private void Pass(SampleRange? range) => end = Math.Max(end, range?.EndSample ?? 0);
}
