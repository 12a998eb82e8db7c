using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>A version on trial.</summary>
/// <param name="Version">The version.</param>
/// <param name="Stable">The version before it, which all other requests read.</param>
/// <param name="Share">The share of requests that read it.</param>
/// <param name="By">Who tries it, or null.</param>
/// <param name="Since">Since when.</param>
/// <param name="Key">The key of its edits.</param>
/// <param name="Waiting">Versions that were committed since, and are read by requests that name them only.</param>
public sealed record CanaryTrial(ModelVersion Version, ModelVersion Stable, double Share, string? By, DateTimeOffset Since, string Key, int Waiting)
{
    /// <summary>Whether a request reads the version on trial: by what it is told from others by, else drawn.</summary>
    /// <param name="requester">What it is told from others by, or null.</param>
    public bool Takes(string? requester)
    {
        if (requester is null)
        {
            return Random.Shared.NextDouble() < Share;
        }

        // With the trial's key, so that not always the same ones are taken.
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Key}\n{requester}"));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash) < Share * ulong.MaxValue;
    }
}

/// <summary>A version is on trial, and there is one at a time.</summary>
/// <param name="trial">What is on trial.</param>
public sealed class CanaryRunningException(CanaryTrial trial)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"Version {trial.Version} is on trial for {trial.Share:0.##} of the requests, and one version is at a time. Promote or withdraw it, or commit without a trial.")), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.CanaryRunning;
}

/// <summary>No version is on trial.</summary>
public sealed class NoCanaryException() : Exception("No version is on trial; commit an edit, or approve a proposal, with canary."), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.NotFound;
}
