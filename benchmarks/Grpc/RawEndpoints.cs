using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Dendrite.Benchmarks.Grpc;

/// <summary>
/// The baseline's server: what the echo service does with messages, done with the bytes of HTTP/2 bodies. Same
/// Kestrel, same connection settings, no framing, no messages, no statuses.
/// </summary>
internal static class RawEndpoints
{
    public const string Echo = "/raw/echo";
    public const string Upload = "/raw/upload";
    public const string Download = "/raw/download";

    public static void Map(WebApplication app)
    {
        app.Map(Echo, EchoAsync);
        app.Map(Upload, UploadAsync);
        app.Map(Download + "/{blocks:int}/{blockSizeBytes:int}", DownloadAsync);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var request = context.Request.BodyReader;
        await context.Response.StartAsync(context.RequestAborted);
        while (true)
        {
            var read = await request.ReadAsync(context.RequestAborted);
            foreach (var segment in read.Buffer)
            {
                await context.Response.BodyWriter.WriteAsync(segment, context.RequestAborted);
            }

            request.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static async Task UploadAsync(HttpContext context)
    {
        var bytes = 0L;
        ReadResult read;
        do
        {
            read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
            bytes += read.Buffer.Length;
            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
        } while (!read.IsCompleted);

        await context.Response.WriteAsync(bytes.ToString(), context.RequestAborted);
    }

    private static async Task DownloadAsync(HttpContext context)
    {
        var blocks = int.Parse((string)context.Request.RouteValues["blocks"]!);
        var block = new byte[int.Parse((string)context.Request.RouteValues["blockSizeBytes"]!)];
        for (var sent = 0; sent < blocks; sent++)
        {
            await context.Response.BodyWriter.WriteAsync(block, context.RequestAborted);
        }
    }
}
