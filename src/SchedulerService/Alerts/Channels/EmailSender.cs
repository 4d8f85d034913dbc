using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Dendrite.SchedulerService.Secrets;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Alerts.Channels;

/// <summary>Sends e-mail by the installation's server.</summary>
internal sealed class EmailSender(IOptions<SmtpOptions> options, InstallationSecrets secrets, TimeProvider time)
    : IAlertSender
{
    public AlertChannel.ChannelOneofCase Kind => AlertChannel.ChannelOneofCase.Email;

    /// <summary>Who decides about the server's certificate in place of what is configured; null: nobody.</summary>
    internal RemoteCertificateValidationCallback? Trust { get; init; }

    public async Task<SendResult> SendAsync(OutgoingAlert alert, CancellationToken cancellationToken)
    {
        if (!options.Value.IsSet)
        {
            return SendResult.Later("the installation sends no e-mail any more");
        }

        if (!MailServerTrust.TryLoad(options.Value.AuthoritiesFile, Trust, out var trust))
        {
            return SendResult.Later("Scheduler:Smtp:AuthoritiesFile cannot be read as certificates in PEM");
        }

        if (options.Value.UserName.Length > 0 && FindPassword() is null)
        {
            return SendResult.Later("the installation has no password for its mail server any more");
        }

        using var limit = new CancellationTokenSource(alert.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await SendAsync(alert, trust, either);
            return SendResult.Sent;
        }
        catch (SmtpException refusal)
        {
            var problem = $"the mail server refused {refusal.Message}";
            return refusal.IsFinal ? SendResult.Never(problem) : SendResult.Later(problem);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return SendResult.Later($"the mail server did not answer in {alert.Timeout.TotalSeconds:0.###} s");
        }
        catch (AuthenticationException)
        {
            return SendResult.Later($"the mail server is not trusted: {trust.Problem}");
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            return SendResult.Later($"the mail server could not be reached: {failure.Message}");
        }
    }

    private async Task SendAsync(OutgoingAlert alert, MailServerTrust trust, CancellationTokenSource limit)
    {
        var smtp = options.Value;
        var message = EmailMessage.Compose(
            (smtp.From, alert.Channel.Email),
            alert.Message.DeliveryId ?? "",
            alert.Message,
            time.GetUtcNow()
        );
        await using var connection = await SmtpConnection.OpenAsync(smtp, trust, limit.Token);
        if (smtp.UserName.Length > 0)
        {
            await connection.AuthenticateAsync(smtp.UserName, FindPassword() ?? "", limit.Token);
        }

        await connection.SendAsync(smtp.From, alert.Channel.Email, message, limit.Token);
        await connection.QuitAsync(time, limit.Token);
    }

    /// <summary>The installation's own, which no project finds.</summary>
    private string? FindPassword()
    {
        var smtp = options.Value;
        return smtp.Password.Length > 0 ? smtp.Password
            : smtp.PasswordFile.Length > 0 ? InstallationSecrets.FindInFile(smtp.PasswordFile)?.Reveal()
            : secrets.FindOwn(smtp.PasswordSecret)?.Reveal();
    }
}
