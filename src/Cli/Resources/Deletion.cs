using Grpc.Core;

namespace Dendrite.Cli.Resources;

/// <summary>Deletions of what may be missing (<c>--missing-ok</c>).</summary>
internal static class Deletion
{
    /// <summary>
    /// Deletes what is there. With <paramref name="missingOk"/> it is asked for first as if it had to be there: the
    /// platform's answer is the same for what it deleted and for what never was, and people are told which.
    /// </summary>
    /// <param name="delete">The call, of whether what is missing is no error.</param>
    /// <exception cref="RpcException">NOT_FOUND of what it would be in, or without <paramref name="missingOk"/>.
    /// </exception>
    public static async Task<(T Response, bool WasThere)> DoAsync<T>(
        bool missingOk,
        Func<bool, AsyncUnaryCall<T>> delete
    )
    {
        try
        {
            return (await delete(false), true);
        }
        catch (RpcException missing) when (missingOk && missing.StatusCode == StatusCode.NotFound)
        {
            return (await delete(true), false);
        }
    }

    /// <summary>What is said then.</summary>
    /// <param name="name">The full name of what is gone now.</param>
    public static string Say(string name, bool wasThere) => wasThere ? $"Deleted {name}." : $"There was no {name}.";
}
