using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>What a coordinator's process serves.</summary>
internal sealed record CoordinatorService(EditCoordinator Coordinator, EditLedger Ledger);
