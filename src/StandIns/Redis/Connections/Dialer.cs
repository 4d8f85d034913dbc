using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using StackExchange.Redis.Protocol;

namespace StackExchange.Redis.Connections;

/// <summary>Makes a connection that is ready for commands: the socket, TLS where asked for, and the greeting.</summary>
internal sealed class Dialer(ConfigurationOptions options, TimeProvider time)
{
    /// <summary>Bounded by <see cref="ConfigurationOptions.ConnectTimeout"/>.</summary>
    /// <exception cref="RedisConnectionException">It did not come to be; the type says at which step.</exception>
    public async Task<RespConnection> ConnectAsync(
        EndPoint endPoint,
        ConnectionType type,
        Func<Reply, bool>? takesPush,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(options.ConnectTimeout), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        RespConnection? connection = null;
        try
        {
            connection = new RespConnection(await OpenStreamAsync(endPoint, either.Token), time, takesPush);
            await GreetAsync(connection, type).WaitAsync(either.Token);
            return connection;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            if (connection is not null)
                await connection.DisposeAsync();
            throw Explain(endPoint, error);
        }
    }

    private RedisConnectionException Explain(EndPoint endPoint, Exception error)
    {
        var address = EndPointCollection.ToString(endPoint);
        return error switch
        {
            RedisConnectionException explained => explained,
            RedisServerException refused when IsAboutCredentials(refused.Message) => new(
                ConnectionFailureType.AuthenticationFailure,
                $"Redis at {address} refuses the user or password: {refused.Message}",
                error
            ),
            RedisServerException loading when loading.Message.StartsWith("LOADING", StringComparison.Ordinal) => new(
                ConnectionFailureType.Loading,
                $"Redis at {address} is still loading its data.",
                error
            ),
            OperationCanceledException => new(
                ConnectionFailureType.UnableToConnect,
                $"Redis at {address} did not answer within {options.ConnectTimeout} ms.",
                error
            ),
            _ => new(
                ConnectionFailureType.UnableToConnect,
                $"Redis at {address} cannot be reached: {error.Message}",
                error
            ),
        };
    }

    private static bool IsAboutCredentials(string message) =>
        message.StartsWith("NOAUTH", StringComparison.Ordinal)
        || message.StartsWith("WRONGPASS", StringComparison.Ordinal)
        || message.StartsWith("ERR AUTH", StringComparison.Ordinal)
        || message.StartsWith("ERR invalid password", StringComparison.Ordinal);

    private async Task<Stream> OpenStreamAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
            await socket.ConnectAsync(endPoint, cancellationToken);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return options.Ssl ? await SecureAsync(plain, endPoint, cancellationToken) : plain;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> SecureAsync(Stream plain, EndPoint endPoint, CancellationToken cancellationToken)
    {
        var secure = new SslStream(plain, leaveInnerStreamOpen: false);
        var host = options.SslHost ?? (endPoint as DnsEndPoint)?.Host ?? ((IPEndPoint)endPoint).Address.ToString();
        await secure.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = host },
            cancellationToken
        );
        return secure;
    }

    /// <summary>Everything goes out in one write; the answers are looked at in order.</summary>
    private async Task GreetAsync(RespConnection connection, ConnectionType type)
    {
        var replies = new List<Task<Reply>>();
        if (!string.IsNullOrEmpty(options.Password))
        {
            RedisValue[] credentials = string.IsNullOrEmpty(options.User)
                ? [options.Password]
                : [options.User, options.Password];
            replies.Add(connection.SendAsync(new Command("AUTH", credentials)));
        }

        // A name with a space would be refused, and a connection is not worth losing over its name.
        if (options.ClientName is { Length: > 0 } name && !name.Any(char.IsWhiteSpace))
            replies.Add(connection.SendAsync(new Command("CLIENT", ["SETNAME", name])));
        if (type is ConnectionType.Interactive)
            replies.Add(connection.SendAsync(new Command("PING", [])));
        foreach (var reply in replies)
            await reply;
    }
}
