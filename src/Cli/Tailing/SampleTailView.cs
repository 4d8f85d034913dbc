using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Tailing;

/// <summary>Every sample, a line each.</summary>
internal sealed class SampleTailView(Session session, bool physical) : ITailView
{
    private readonly Stream target = session.Host.OpenBinaryOutput();
    private SampleWriter? writer;
    private SampleHeader header = new();

    public async Task ShowAsync(TailResponse message, CancellationToken cancellationToken)
    {
        switch (message.MessageCase)
        {
            case TailResponse.MessageOneofCase.Header when writer is null:
                header = message.Header;
                SampleReader.CheckOneGroup(header);
                writer = new(target, header, session.Output.IsJson ? "jsonl" : "csv", physical);
                await writer.BeginAsync(cancellationToken);
                break;
            case TailResponse.MessageOneofCase.Header:
                break;
            case TailResponse.MessageOneofCase.Chunk:
                await writer!.WriteAsync(SampleReader.Check(header, message.Chunk), cancellationToken);
                break;
            case TailResponse.MessageOneofCase.Gap:
                writer?.Leave(message.Gap);
                TailEvents.Show(session.Output, message);
                break;
            default:
                TailEvents.Show(session.Output, message);
                break;
        }
    }

    public void Complete() => session.Host.Output.Flush();

    public void Dispose() => target.Dispose();
}
