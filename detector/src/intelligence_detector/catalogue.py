"""The eleven specialists and the flags each of them works with."""

from types import MappingProxyType
from typing import Final

FLAGS_OF: Final = MappingProxyType(
    {
        "architect": ("--seq", "--c7", "--think-hard"),
        "frontend": ("--magic", "--c7"),
        "backend": ("--c7", "--seq"),
        "security": ("--seq", "--think-hard", "--validate"),
        "performance": ("--play", "--seq", "--think"),
        "analyzer": ("--seq", "--think"),
        "qa": ("--play", "--seq"),
        "refactorer": ("--seq", "--loop"),
        "devops": ("--seq", "--validate"),
        "mentor": ("--c7", "--seq"),
        "scribe": ("--c7",),
    }
)
SPECIALISTS: Final = tuple(FLAGS_OF)
"""Their order is the order of every score vector."""
INDEX: Final = MappingProxyType({name: place for place, name in enumerate(SPECIALISTS)})

SUBAGENTS: Final = MappingProxyType(
    {
        alias: name
        for name, aliases in {
            "architect": ("software-architect", "system-architect", "architect-reviewer", "microservices-architect"),
            "frontend": (
                *("frontend-developer", "frontend-architect", "ui-designer", "ui-ux-designer", "mobile-developer"),
                *("react-component-architect", "vue-component-architect"),
            ),
            "backend": ("backend-developer", "backend-architect", "api-designer", "api-architect", "database-admin"),
            "security": ("security-auditor", "security-engineer", "security-expert", "penetration-tester"),
            "performance": ("performance-engineer", "performance-optimizer", "database-optimizer"),
            "analyzer": ("debugger", "error-detective", "root-cause-analyst", "code-archaeologist"),
            "qa": ("test-automator", "qa-engineer", "qa-expert", "test-engineer", "quality-engineer"),
            "refactorer": ("refactoring-expert", "refactoring-specialist", "legacy-modernizer", "code-refactorer"),
            "devops": (
                *("devops-engineer", "devops-architect", "deployment-engineer", "cloud-architect", "sre-engineer"),
                *("terraform-specialist", "kubernetes-specialist", "incident-responder"),
            ),
            "mentor": ("learning-guide", "tutorial-engineer", "socratic-mentor", "teacher"),
            "scribe": (
                *("technical-writer", "documentation-specialist", "documentation-engineer", "docs-architect"),
                *("api-documenter", "changelog-generator"),
            ),
        }.items()
        for alias in aliases
    }
)
"""Names of common sub-agents, and the specialist who does their work."""
