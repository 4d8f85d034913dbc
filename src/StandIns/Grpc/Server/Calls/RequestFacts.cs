using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server;

/// <summary>What an HTTP request says of the call that it carries.</summary>
internal static class RequestFacts
{
    public static Metadata ReadMetadata(IHeaderDictionary headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers)
        {
            if (WireNames.IsProtocolHeader(name))
            {
                continue;
            }

            var key = name.ToLowerInvariant();
            foreach (var value in values)
            {
                if (Metadata.Entry.IsBinaryKey(key))
                {
                    BinaryHeader.AddTo(metadata, key, value ?? "");
                }
                else
                {
                    metadata.Add(Metadata.Entry.FromWire(key, value ?? ""));
                }
            }
        }

        return metadata;
    }

    public static string DescribePeer(ConnectionInfo connection) =>
        connection.RemoteIpAddress switch
        {
            null => "unknown",
            { AddressFamily: AddressFamily.InterNetwork } address => $"ipv4:{address}:{connection.RemotePort}",
            IPAddress address => $"ipv6:[{address}]:{connection.RemotePort}",
        };

    public static bool AcceptsEncoding(string? accepted, string encoding)
    {
        foreach (var range in accepted.AsSpan().Split(','))
        {
            if (accepted.AsSpan()[range].Trim().SequenceEqual(encoding))
            {
                return true;
            }
        }

        return false;
    }
}
