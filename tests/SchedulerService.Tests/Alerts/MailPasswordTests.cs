using Dendrite.SchedulerService.Alerts;
using Dendrite.SchedulerService.Alerts.Channels;
using Dendrite.SchedulerService.Outbound;
using Dendrite.SchedulerService.Secrets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>The password for the mail server is the installation's, and no project sends it anywhere.</summary>
public sealed class MailPasswordTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("mail-password").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task No_project_finds_the_secret_that_is_the_mail_servers_password()
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "mail-file"),
            "hunter2",
            TestContext.Current.CancellationToken
        );
        await using var named = With(("Secrets:mail", "hunter2"), ("Scheduler:Smtp:PasswordSecret", "mail"));
        await using var filed = With(("Scheduler:Smtp:PasswordSecret", "mail-file"));

        Assert.Null(SecretsOf(named).Find("lab", "mail"));
        // Configuration knows no difference between the two.
        Assert.Null(SecretsOf(named).Find("lab", "MAIL"));
        Assert.Null(SecretsOf(filed).Find("lab", "mail-file"));
        Assert.Equal("hunter2", SecretsOf(named).FindOwn("mail")?.Reveal());
        Assert.Equal("hunter2", SecretsOf(filed).FindOwn("mail-file")?.Reveal());
    }

    [Fact]
    public async Task A_file_with_the_password_may_not_lie_where_projects_find_it()
    {
        await using var inside = With(("Scheduler:Smtp:PasswordFile", await WriteAsync("mail")));
        await using var beside = With(("Scheduler:Smtp:PasswordFile", $"{folder}-of-my-own"));

        var refused = Assert.Throws<OptionsValidationException>(() => MailOf(inside));

        Assert.Contains("Scheduler:SecretsFolder", refused.Message, StringComparison.Ordinal);
        Assert.Equal($"{folder}-of-my-own", MailOf(beside).PasswordFile);
    }

    [Fact]
    public async Task A_user_has_one_password()
    {
        await using var two = With(("Scheduler:Smtp:PasswordSecret", "mail"), ("Scheduler:Smtp:Password", "hunter2"));
        await using var none = With();

        Assert.Throws<OptionsValidationException>(() => MailOf(two));
        Assert.Throws<OptionsValidationException>(() => MailOf(none));
    }

    [Fact]
    public async Task A_secret_of_a_projects_own_may_have_the_same_name()
    {
        await using var app = With(
            ("Secrets:mail", "hunter2"),
            ("Secrets:lab:mail", "lab's"),
            ("Scheduler:Smtp:PasswordSecret", "mail")
        );

        Assert.Equal("lab's", SecretsOf(app).Find("lab", "mail")?.Reveal());
        Assert.Null(SecretsOf(app).Find("other", "mail"));
    }

    private async Task<string> WriteAsync(string name)
    {
        var file = Path.Combine(folder, name);
        await File.WriteAllTextAsync(file, "hunter2\n", TestContext.Current.CancellationToken);
        return file;
    }

    private static SmtpOptions MailOf(WebApplication app) =>
        app.Services.GetRequiredService<IOptions<SmtpOptions>>().Value;

    private static InstallationSecrets SecretsOf(WebApplication app) =>
        app.Services.GetRequiredService<InstallationSecrets>();

    private WebApplication With(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Configuration.AddInMemoryCollection([
            new("Scheduler:SecretsFolder", folder),
            new("Scheduler:Smtp:Host", "127.0.0.1"),
            new("Scheduler:Smtp:From", "dendrite@lab.example"),
            new("Scheduler:Smtp:UserName", "user"),
            .. settings.Select(each => KeyValuePair.Create(each.Key, (string?)each.Value)),
        ]);
        builder.AddOutbound();
        builder.AddAlerts();
        return builder.Build();
    }
}
