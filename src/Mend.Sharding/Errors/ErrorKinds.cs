using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Execution;
using Mend.Models.Tokenizers;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>The one table of what can go wrong: exit codes of commands and status codes of HTTP come from it.</summary>
public static class ErrorKinds
{
    /// <summary>The request or the command line is wrong as it stands.</summary>
    public static readonly ErrorKind InvalidRequest = new("invalid-request", 2, 400, "The request is wrong");

    /// <summary>Nobody who is known asks.</summary>
    public static readonly ErrorKind Unauthenticated = new("unauthenticated", 2, 401, "A key is needed");

    /// <summary>Whoever asks may not do this.</summary>
    public static readonly ErrorKind Forbidden = new("forbidden", 2, 403, "The key does not allow this");

    /// <summary>There is nothing of this name.</summary>
    public static readonly ErrorKind NotFound = new("not-found", 2, 404, "There is no such thing");

    /// <summary>A cluster serves no model of this name.</summary>
    public static readonly ErrorKind UnknownModel = new("unknown-model", 3, 404, "There is no such model");

    /// <summary>The request is larger than is taken.</summary>
    public static readonly ErrorKind TooLarge = new("too-large", 2, 413, "The request is too large");

    /// <summary>The body is of another kind than JSON.</summary>
    public static readonly ErrorKind NotJson = new("not-json", 2, 415, "The body is not JSON");

    /// <summary>More is asked for than is taken at a time.</summary>
    public static readonly ErrorKind TooMany = new("too-many-requests", 75, 429, "Too many requests at a time");

    /// <summary>A prompt, an answer or a file cannot be used.</summary>
    public static readonly ErrorKind BadInput = new("bad-input", 3, 400, "The input cannot be used");

    /// <summary>A text is longer than the model can hold.</summary>
    public static readonly ErrorKind InputTooLong = new("input-too-long", 3, 400, "The text is too long for the model");

    /// <summary>A file of the model, the editor or the ledger cannot be used: whoever runs the program must act.</summary>
    public static readonly ErrorKind UnusableFile = new("unusable-file", 3, 500, "A file cannot be used");

    /// <summary>There is no editor, so nothing can be edited.</summary>
    public static readonly ErrorKind NoEditor = new("no-editor", 3, 409, "The model has no editor");

    /// <summary>An edit was looked at and would not do what it should.</summary>
    public static readonly ErrorKind EditRejected = new("edit-rejected", 1, 422, "The edit would not do what it should");

    /// <summary>There is no such version.</summary>
    public static readonly ErrorKind UnknownVersion = new("unknown-version", 4, 404, "There is no such version");

    /// <summary>A version is not in effect any more.</summary>
    public static readonly ErrorKind AlreadyReverted = new("already-reverted", 4, 409, "The version was reverted before");

    /// <summary>An idempotency key came back with another request.</summary>
    public static readonly ErrorKind KeyConflict = new("idempotency-conflict", 4, 409, "The key belongs to another request");

    /// <summary>The head is not the version that the change is for.</summary>
    public static readonly ErrorKind HeadMoved = new("head-moved", 4, 412, "The head is another version");

    /// <summary>A proposal was decided on before, and otherwise.</summary>
    public static readonly ErrorKind AlreadyDecided = new("already-decided", 4, 409, "The proposal was decided on before");

    /// <summary>A proposal would do something else than was seen when it was looked at.</summary>
    public static readonly ErrorKind PreviewChanged = new("preview-changed", 4, 409, "The proposal would do something else by now");

    /// <summary>A version is on trial, and there is one at a time.</summary>
    public static readonly ErrorKind CanaryRunning = new("canary-running", 4, 409, "Another version is on trial");

    /// <summary>The ledger is damaged, too new, or of another model: whoever runs the program must act.</summary>
    public static readonly ErrorKind Ledger = new("ledger", 4, 500, "The ledger cannot be used");

    /// <summary>The same request can succeed later.</summary>
    public static readonly ErrorKind TryAgain = new("try-again", 75, 503, "Try again later");

    /// <summary>It was stopped by whoever asked.</summary>
    public static readonly ErrorKind Stopped = new("stopped", 130, 499, "Stopped");

    /// <summary>A fault of the program.</summary>
    public static readonly ErrorKind Unexpected = new("unexpected", 70, 500, "Unexpected fault");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ErrorKind> All { get; } =
    [
        InvalidRequest, Unauthenticated, Forbidden, NotFound, UnknownModel, TooLarge, NotJson, TooMany, BadInput, InputTooLong, UnusableFile, NoEditor, EditRejected,
        UnknownVersion, AlreadyReverted, KeyConflict, HeadMoved, AlreadyDecided, PreviewChanged, CanaryRunning, Ledger, TryAgain, Stopped, Unexpected,
    ];

    /// <summary>The kind of an exception.</summary>
    /// <param name="exception">The exception.</param>
    public static ErrorKind Of(Exception exception) => exception switch
    {
        IKnownError own => own.Kind,
        OperationCanceledException => Stopped,
        ShardPlanException => InvalidRequest,
        RetryableException or InterruptedAnswerException => TryAgain,
        EditRejectedException => EditRejected,
        UnknownVersionException => UnknownVersion,
        AlreadyRevertedException => AlreadyReverted,
        IdempotencyConflictException => KeyConflict,
        HeadMovedException => HeadMoved,
        LedgerException => Ledger,
        EditorMissingException => NoEditor,
        InputTooLongException => InputTooLong,
        EditRecordException or EditRequestException or ModelException or ChatTemplateException => BadInput,
        EditorFileException or TrainerCheckpointException or CheckpointException or TokenizerException or EngineException or IOException or UnauthorizedAccessException => UnusableFile,
        AggregateException { InnerExceptions: [Exception only] } => Of(only),
        _ => Unexpected,
    };
}
