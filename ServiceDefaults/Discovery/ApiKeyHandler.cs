namespace Dendrite.ServiceDefaults.Discovery;

/// <summary>Puts this service's API key on each call that does not bring one of its own.</summary>
internal sealed class ApiKeyHandler(string apiKey, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string Authorization = "authorization";

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (!request.Headers.Contains(Authorization))
            request.Headers.TryAddWithoutValidation(Authorization, $"Bearer {apiKey}");
        return base.SendAsync(request, cancellationToken);
    }
}
