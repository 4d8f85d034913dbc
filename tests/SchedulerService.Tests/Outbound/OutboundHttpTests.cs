using System.IO.Compression;
using Dendrite.Errors;
using Dendrite.SchedulerService.Outbound;
using Microsoft.AspNetCore.Http;

namespace Dendrite.SchedulerService.Tests.Outbound;

public sealed class OutboundHttpTests
{
    private const string Loopback = "127.0.0.1/32";
    private const int Kilobyte = 1 << 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_that_leads_to_this_machine_is_refused_and_nobody_is_called()
    {
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync("inside", Token));
        using var lab = new OutboundLab().Resolve("public.example", "127.0.0.1");
        var refusal = await Assert.ThrowsAsync<DendriteException>(() =>
            lab.GetAsync(new Uri($"http://public.example:{site.Address.Port}/"))
        );
        Assert.Equal(ErrorReason.AddressRefused, refusal.Reason);
        Assert.Contains("public.example leads to 127.0.0.1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Scheduler:Outbound:AllowedNetworks", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(site.Requests);
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_when_looked_up_again_is_not_looked_up_again()
    {
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync("inside", Token));
        // 127.0.0.2 stands for a public address, at which nobody listens.
        using var lab = new OutboundLab("127.0.0.2/32").Resolve("rebinding.example", "127.0.0.2", "127.0.0.1");
        await Assert.ThrowsAsync<HttpRequestException>(() =>
            lab.GetAsync(new Uri($"http://rebinding.example:{site.Address.Port}/"))
        );
        Assert.Equal(["rebinding.example"], lab.LookedUp);
        Assert.Empty(site.Requests);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:10.0.0.1]/")]
    [InlineData("http://internal.example/")]
    [InlineData("//10.0.0.1/")]
    public async Task A_redirect_to_a_private_address_is_refused(string target)
    {
        await using var site = await TestSite.StartAsync(context =>
        {
            context.Response.Redirect(target);
            return Task.CompletedTask;
        });
        using var lab = new OutboundLab(Loopback).Resolve("internal.example", "192.168.0.7");
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.GetAsync(site.Address));
        Assert.Equal(ErrorReason.AddressRefused, refusal.Reason);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.com/")]
    public async Task A_redirect_to_another_scheme_is_refused(string target)
    {
        await using var site = await TestSite.StartAsync(context =>
        {
            context.Response.Redirect(target);
            return Task.CompletedTask;
        });
        using var lab = new OutboundLab(Loopback);
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.GetAsync(site.Address));
        Assert.Equal(ErrorReason.SourceFailed, refusal.Reason);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        await using var site = await TestSite.StartAsync(context =>
        {
            context.Response.Redirect("/");
            return Task.CompletedTask;
        });
        using var lab = new OutboundLab(Loopback);
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.GetAsync(site.Address));
        Assert.Contains("redirects more than 5 times", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(6, site.Requests.Count);
    }

    [Fact]
    public async Task Secret_headers_reach_the_server_they_are_for_and_no_other()
    {
        var heard = new List<string>();
        await using var other = await TestSite.StartAsync(context => Hear(context, "other"));
        await using var site = await TestSite.StartAsync(context =>
        {
            if (context.Request.Path == "/away")
                context.Response.Redirect(other.At("/there").ToString());
            else if (context.Request.Path == "/within")
                context.Response.Redirect("/end");
            return Hear(context, "site");
        });
        using var lab = new OutboundLab(Loopback);
        foreach (var path in new[] { "/within", "/away" })
        {
            var call = new OutboundCall(HttpMethod.Get, site.At(path))
            {
                Headers = new Dictionary<string, string> { ["x-plain"] = "p" },
                SecretHeaders = new Dictionary<string, string> { ["authorization"] = "s" },
            };
            await using var answer = await lab.Http.SendAsync(call, Token);
        }

        Assert.Equal(["site /within p s", "site /end p s", "site /away p s", "other /there p "], heard);

        Task Hear(HttpContext context, string who)
        {
            var headers = context.Request.Headers;
            heard.Add($"{who} {context.Request.Path} {headers["x-plain"]} {headers.Authorization}");
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_small_answer_that_unpacks_to_a_large_one_is_refused(string encoding)
    {
        await using var site = await TestSite.StartAsync(async context =>
        {
            Assert.Contains(encoding, context.Request.Headers.AcceptEncoding.ToString(), StringComparison.Ordinal);
            context.Response.Headers.ContentEncoding = encoding;
            await using var packed = Pack(context.Response.Body, encoding);
            for (var i = 0; i < 10_000; i++)
                await packed.WriteAsync(new byte[Kilobyte], Token);
        });
        using var lab = new OutboundLab(Loopback);
        var call = new OutboundCall(HttpMethod.Get, site.Address) { MaxResponseBytes = 100 * Kilobyte };
        await using var answer = await lab.Http.SendAsync(call, Token);
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => answer.Body.CopyToAsync(Stream.Null, Token));
        Assert.Equal(ErrorReason.SourceFailed, refusal.Reason);
        Assert.Contains("more than 102400 bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_exactly_the_bound_is_read()
    {
        await using var site = await TestSite.StartAsync(context =>
            context.Response.Body.WriteAsync(new byte[Kilobyte], Token).AsTask()
        );
        using var lab = new OutboundLab(Loopback);
        var call = new OutboundCall(HttpMethod.Get, site.Address) { MaxResponseBytes = Kilobyte };
        await using var answer = await lab.Http.SendAsync(call, Token);
        using var read = new MemoryStream();
        await answer.Body.CopyToAsync(read, Token);
        Assert.Equal(Kilobyte, read.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_does_not_come_or_does_not_end_is_given_up(bool begins)
    {
        await using var site = await TestSite.StartAsync(async context =>
        {
            if (begins)
            {
                await context.Response.WriteAsync("first half", Token);
                await context.Response.Body.FlushAsync(Token);
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var lab = new OutboundLab(Loopback);
        var call = new OutboundCall(HttpMethod.Get, site.Address) { Timeout = TimeSpan.FromMilliseconds(300) };
        var failure = await Assert.ThrowsAsync<TimeoutException>(async () =>
        {
            await using var answer = await lab.Http.SendAsync(call, Token);
            await answer.Body.CopyToAsync(Stream.Null, Token);
        });
        Assert.Contains("did not answer in full within 0.3 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_answer_is_an_error_and_not_a_short_answer()
    {
        await using var site = await TestSite.StartAsync(async context =>
        {
            context.Response.ContentLength = 1_000;
            await context.Response.WriteAsync("half", Token);
            context.Abort();
        });
        using var lab = new OutboundLab(Loopback);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var answer = await lab.GetAsync(site.Address);
            await answer.Body.CopyToAsync(Stream.Null, Token);
        });
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("169.254.169.254")]
    public void A_literal_private_address_is_refused_before_anything_is_looked_up(string host)
    {
        using var lab = new OutboundLab();
        var refusal = Assert.Throws<DendriteException>(() => lab.Connector.CheckLiteral(host, "sync_source.http.url"));
        Assert.Equal("sync_source.http.url", Assert.Single(refusal.FieldViolations).Field);
        lab.Connector.CheckLiteral("example.com", "sync_source.http.url");
        Assert.Empty(lab.LookedUp);
    }

    private static Stream Pack(Stream target, string encoding) =>
        encoding == "br"
            ? new BrotliStream(target, CompressionLevel.Fastest)
            : new GZipStream(target, CompressionLevel.Fastest);
}
