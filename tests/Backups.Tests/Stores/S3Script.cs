using System.Net;
using System.Net.Sockets;
using System.Text;
using Dendrite.Backups.Stores;

namespace Dendrite.Backups.Tests.Stores;

/// <summary>What listens where an S3 server should, and answers as a test says.</summary>
internal sealed class S3Script : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly CancellationTokenSource leaving = new();
    private readonly Func<HttpListenerRequest, (HttpStatusCode Status, string Body)> answer;
    private readonly StoreCatalog catalog;
    private readonly Task serving;

    /// <param name="answer">Asked once for each request, from one thread.</param>
    public S3Script(Func<HttpListenerRequest, (HttpStatusCode Status, string Body)> answer)
    {
        this.answer = answer;
        var endpoint = new Uri($"http://127.0.0.1:{FreePort()}/");
        listener.Prefixes.Add(endpoint.ToString());
        listener.Start();
        serving = ServeAsync();
        var store = new StoreOptions
        {
            Bucket = "backups",
            Endpoint = endpoint,
            AccessKey = "key",
            SecretKey = "key",
        };
        catalog = new(new() { Stores = { ["s3"] = store } }, TimeProvider.System);
    }

    public IObjectStore Store => catalog.Get("s3");

    public async ValueTask DisposeAsync()
    {
        catalog.Dispose();
        await leaving.CancelAsync();
        listener.Stop();
        await serving;
        listener.Close();
        leaving.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!leaving.IsCancellationRequested)
        {
            try
            {
                // A listener that stops just before it is asked never answers.
                var context = await listener.GetContextAsync().WaitAsync(leaving.Token);
                await context.Request.InputStream.CopyToAsync(Stream.Null);
                var (status, body) = answer(context.Request);
                context.Response.StatusCode = (int)status;
                context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: true);
            }
            catch (Exception gone)
                when (gone
                        is HttpListenerException
                            or InvalidOperationException
                            or OperationCanceledException
                            or IOException
                )
            {
                // The client left, or the test ends.
            }
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
