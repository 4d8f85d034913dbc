using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Dendrite.Errors;
using Dendrite.SchedulerService.Outbound;

namespace Dendrite.SchedulerService.Alerts.Channels;

/// <summary>Posts a JSON document outside and judges the answer.</summary>
internal static class HttpPost
{
    private const int MaxResponseBytes = 64 << 10;

    /// <param name="post">What is posted, and to whom, for people: an address that is a secret is not shown.</param>
    public static async Task<SendResult> SendAsync(
        OutboundHttp http,
        OutboundCall call,
        (byte[] Body, string Who) post,
        CancellationToken cancellationToken
    )
    {
        using var content = new ByteArrayContent(post.Body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        try
        {
            await using var answer = await http.SendAsync(
                call with
                {
                    Content = content,
                    MaxResponseBytes = MaxResponseBytes,
                },
                cancellationToken
            );
            return Judge(answer.Status, answer.RetryAfter, post.Who);
        }
        catch (DendriteException refusal)
        {
            return SendResult.Never(
                refusal.Reason is ErrorReason.AddressRefused
                    ? $"{post.Who} leads to an address that this installation does not call"
                    : $"{post.Who} was not called: {refusal.Message}"
            );
        }
        catch (TimeoutException)
        {
            return SendResult.Later($"{post.Who} did not answer in {call.Timeout.TotalSeconds:0.###} s");
        }
        catch (HttpRequestException failure)
        {
            return SendResult.Later($"{post.Who} could not be reached: {Why(failure.HttpRequestError)}");
        }
        catch (IOException)
        {
            return SendResult.Later($"{post.Who} broke off");
        }
    }

    /// <summary>In words: people read it, not .NET's names.</summary>
    private static string Why(HttpRequestError error) =>
        error switch
        {
            HttpRequestError.NameResolutionError => "its name is not known; mend the address, or the name server",
            HttpRequestError.ConnectionError => "nothing answers there; mend the address, or start what listens",
            HttpRequestError.SecureConnectionError => "no secure connection comes about; renew its certificate",
            HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError => "it broke off its answer",
            HttpRequestError.InvalidResponse => "its answer is no HTTP",
            _ => "the call failed",
        };

    /// <summary>
    /// What comes from overload or a fault is tried again, what says that the call itself is wrong is not.
    /// </summary>
    private static SendResult Judge(HttpStatusCode status, TimeSpan? retryAfter, string who)
    {
        var code = (int)status;
        if (code is >= 200 and < 300)
        {
            return SendResult.Sent;
        }

        var isPassing = code is 408 or 425 or 429 or >= 500;
        return isPassing
            ? SendResult.Later($"{who} answered {code}", retryAfter)
            : SendResult.Never($"{who} answered {code}");
    }

    /// <summary><c>sha256=</c> and the HMAC-SHA-256 of exactly these bytes, in lower-case hex.</summary>
    public static string Sign(byte[] body, byte[] key) =>
        $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(key, body))}";
}
