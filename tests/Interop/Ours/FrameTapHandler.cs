namespace Dendrite.Interop.Ours;

/// <summary>Under a channel: shows the responses of its calls, one call at a time, to <see cref="Flags"/>.</summary>
internal sealed class FrameTapHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    /// <summary>The flags of the latest call's responses.</summary>
    public FrameFlags Flags { get; private set; } = new();

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var flags = Flags = new FrameFlags();
        var response = await base.SendAsync(request, cancellationToken);
        var below = response.Content;
        var tapped = new StreamContent(new FrameTapStream(await below.ReadAsStreamAsync(cancellationToken), flags));
        foreach (var (name, values) in below.Headers)
        {
            tapped.Headers.TryAddWithoutValidation(name, values);
        }

        response.Content = tapped;
        return response;
    }
}
