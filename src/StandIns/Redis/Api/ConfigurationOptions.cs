using System.Globalization;
using System.Text;

namespace StackExchange.Redis;

/// <summary>
/// Where Redis is and how to talk to it. The text form is <c>host:port,option=value,…</c>, such as
/// <c>localhost:6379,password=…,ssl=true</c>.
/// </summary>
public sealed class ConfigurationOptions
{
    private int? asyncTimeout;
    private bool? abortOnConnectFail;

    public EndPointCollection EndPoints { get; init; } = [];

    /// <summary>Shown in the server's list of clients. Null for none.</summary>
    public string? ClientName { get; set; }

    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>Whether commands that administer the server may be sent, such as CLIENT and CONFIG.</summary>
    public bool AllowAdmin { get; set; }

    public bool Ssl { get; set; }

    /// <summary>The name on the server's certificate; null for the host that is connected to.</summary>
    public string? SslHost { get; set; }

    /// <summary>
    /// Whether connecting fails when no server answers. If not, it goes on in the background. Default true.
    /// </summary>
    public bool AbortOnConnectFail
    {
        get => abortOnConnectFail ?? true;
        set => abortOnConnectFail = value;
    }

    /// <summary>How often the first connection is tried before connecting is said to have failed. Default 3.</summary>
    public int ConnectRetry { get; set; } = 3;

    /// <summary>Milliseconds for one attempt to connect. Default 5000.</summary>
    public int ConnectTimeout { get; set; } = 5000;

    /// <summary>Milliseconds. Default 5000.</summary>
    public int SyncTimeout { get; set; } = 5000;

    /// <summary>Milliseconds until a command without a reply fails. Default: <see cref="SyncTimeout"/>.</summary>
    public int AsyncTimeout
    {
        get => asyncTimeout ?? SyncTimeout;
        set => asyncTimeout = value;
    }

    /// <summary>Seconds between the pings of an idle connection. Default 60.</summary>
    public int KeepAlive { get; set; } = 60;

    /// <summary>The database that <c>GetDatabase()</c> stands for; null for 0.</summary>
    public int? DefaultDatabase { get; set; }

    /// <exception cref="ArgumentException">It is empty, an option is unknown, or a value does not parse.</exception>
    public static ConfigurationOptions Parse(string configuration) => Parse(configuration, ignoreUnknown: false);

    /// <inheritdoc cref="Parse(string)"/>
    public static ConfigurationOptions Parse(string configuration, bool ignoreUnknown) =>
        string.IsNullOrWhiteSpace(configuration)
            ? throw new ArgumentException("is empty", nameof(configuration))
            : Read(configuration, ignoreUnknown);

    public ConfigurationOptions Clone()
    {
        var copy = Read(ToString(includePassword: true), ignoreUnknown: false);
        // A password may hold a comma, which the text form cannot.
        copy.Password = Password;
        return copy;
    }

    public override string ToString() => ToString(includePassword: false);

    /// <param name="includePassword">False writes <c>*****</c> in its place.</param>
    public string ToString(bool includePassword)
    {
        var text = new StringBuilder().AppendJoin(',', EndPoints.Select(EndPointCollection.ToString));
        Append("name", ClientName);
        Append("user", User);
        Append("password", Password is null || includePassword ? Password : "*****");
        Append("allowAdmin", AllowAdmin ? "True" : null);
        Append("ssl", Ssl ? "True" : null);
        Append("sslHost", SslHost);
        Append("abortConnect", abortOnConnectFail?.ToString());
        Append("connectRetry", Unless(ConnectRetry, 3));
        Append("connectTimeout", Unless(ConnectTimeout, 5000));
        Append("syncTimeout", Unless(SyncTimeout, 5000));
        Append("asyncTimeout", asyncTimeout?.ToString(CultureInfo.InvariantCulture));
        Append("keepAlive", Unless(KeepAlive, 60));
        Append("defaultDatabase", DefaultDatabase?.ToString(CultureInfo.InvariantCulture));
        return text.ToString();

        void Append(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                text.Append(text.Length > 0 ? "," : "").Append(name).Append('=').Append(value);
        }

        static string? Unless(int value, int unremarkable) =>
            value == unremarkable ? null : value.ToString(CultureInfo.InvariantCulture);
    }

    private static ConfigurationOptions Read(string configuration, bool ignoreUnknown)
    {
        var options = new ConfigurationOptions();
        foreach (
            var part in configuration.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                options.EndPoints.Add(part);
            else if (!options.TrySet(part[..equals].Trim(), part[(equals + 1)..].Trim()) && !ignoreUnknown)
                throw new ArgumentException($"Keyword '{part[..equals].Trim()}' is not supported.", part[..equals]);
        }

        return options;
    }

    private bool TrySet(string name, string value)
    {
        switch (name.ToUpperInvariant())
        {
            case "NAME":
                ClientName = value;
                return true;
            case "USER":
                User = value;
                return true;
            case "PASSWORD":
                Password = value;
                return true;
            case "SSLHOST":
                SslHost = value;
                return true;
            case "ALLOWADMIN":
                AllowAdmin = Boolean(name, value);
                return true;
            case "SSL":
                Ssl = Boolean(name, value);
                return true;
            case "ABORTCONNECT":
                AbortOnConnectFail = Boolean(name, value);
                return true;
            default:
                return TrySetNumber(name, value);
        }
    }

    private bool TrySetNumber(string name, string value)
    {
        Action<int>? set = name.ToUpperInvariant() switch
        {
            "CONNECTRETRY" => number => ConnectRetry = number,
            "CONNECTTIMEOUT" => number => ConnectTimeout = number,
            "SYNCTIMEOUT" => number => SyncTimeout = number,
            "ASYNCTIMEOUT" => number => AsyncTimeout = number,
            "KEEPALIVE" => number => KeepAlive = number,
            "DEFAULTDATABASE" => number => DefaultDatabase = number,
            _ => null,
        };
        set?.Invoke(
            int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
                : throw new ArgumentException($"Keyword '{name}' requires a whole number; the value '{value}' is none.")
        );
        return set is not null;
    }

    private static bool Boolean(string name, string value) =>
        value.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "1" => true,
            "FALSE" or "NO" or "0" => false,
            _ => throw new ArgumentException($"Keyword '{name}' requires a boolean; the value '{value}' is none."),
        };
}
