using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.Cli.Output;

/// <summary>Lists that come by page, whole.</summary>
internal static class Pages
{
    /// <summary>The server's bound of a page.</summary>
    private const int MaxPage = 1_000;

    /// <summary>
    /// Asks for one page after the other until there are <paramref name="limit"/> items, and puts them together; the
    /// <c>next_page_token</c> says whether there are more.
    /// </summary>
    /// <param name="request">Of the first page, with a <c>page_token</c> and a <c>page_size</c>.</param>
    /// <param name="list">The call; its answers have a <c>next_page_token</c>.</param>
    /// <param name="count">How many items answers have.</param>
    public static Task<TList> ReadAtMostAsync<TRequest, TList>(
        TRequest request,
        int limit,
        Func<TRequest, CancellationToken, AsyncUnaryCall<TList>> list,
        Func<TList, int> count,
        CancellationToken cancellationToken
    )
        where TRequest : IMessage<TRequest>
        where TList : IMessage<TList>, new()
    {
        var size = request.Descriptor.FindFieldByName("page_size").Accessor;
        size.SetValue(request, Math.Min(MaxPage, limit));
        return ReadWhileAsync(
            request,
            list,
            all =>
            {
                size.SetValue(request, Math.Min(MaxPage, limit - count(all)));
                return count(all) < limit;
            },
            cancellationToken
        );
    }

    /// <summary>Asks for one page after the other, and puts them together.</summary>
    /// <param name="request">Of the first page, with a <c>page_token</c>.</param>
    /// <param name="list">The call; its answers have a <c>next_page_token</c>.</param>
    public static Task<TList> ReadAllAsync<TRequest, TList>(
        TRequest request,
        Func<TRequest, CancellationToken, AsyncUnaryCall<TList>> list,
        CancellationToken cancellationToken
    )
        where TRequest : IMessage<TRequest>
        where TList : IMessage<TList>, new() => ReadWhileAsync(request, list, _ => true, cancellationToken);

    /// <param name="goesOn">Whether another page is wanted after what was read; may change the request.</param>
    private static async Task<TList> ReadWhileAsync<TRequest, TList>(
        TRequest request,
        Func<TRequest, CancellationToken, AsyncUnaryCall<TList>> list,
        Func<TList, bool> goesOn,
        CancellationToken cancellationToken
    )
        where TRequest : IMessage<TRequest>
        where TList : IMessage<TList>, new()
    {
        var all = new TList();
        var asked = request.Descriptor.FindFieldByName("page_token").Accessor;
        var next = all.Descriptor.FindFieldByName("next_page_token").Accessor;
        do
        {
            var page = await list(request, cancellationToken);
            asked.SetValue(request, next.GetValue(page));
            next.Clear(all);
            all.MergeFrom(page);
        } while (asked.GetValue(request) is string { Length: > 0 } && goesOn(all));
        return all;
    }
}
